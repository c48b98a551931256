import PikoCore

Destroy.launch()
