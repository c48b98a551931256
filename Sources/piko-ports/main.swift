import PikoCore

Ports.launch()
