import PikoCore

Status.launch()
