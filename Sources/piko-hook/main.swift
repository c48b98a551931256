import PikoCore

Hook.launch()
