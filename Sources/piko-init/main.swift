import PikoCore

Init.launch()
