import PikoCore

Server.launch()
