import PikoCore

Config.launch()
