import PikoCore

Path.launch()
