import PikoCore

Restart.launch()
