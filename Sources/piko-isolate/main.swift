import PikoCore

Isolate.launch()
