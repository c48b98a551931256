import PikoCore

Logs.launch()
