import PikoCore

Up.launch()
