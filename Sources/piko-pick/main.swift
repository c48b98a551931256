import PikoCore

Pick.launch()
