import PikoCore

Wait.launch()
