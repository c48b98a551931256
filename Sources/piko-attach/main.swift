import PikoCore

Attach.launch()
