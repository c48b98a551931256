import PikoCore

Trust.launch()
