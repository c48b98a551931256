import PikoCore

Switch.launch()
