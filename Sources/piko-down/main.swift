import PikoCore

Down.launch()
