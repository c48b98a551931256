import PikoCore

Edit.launch()
