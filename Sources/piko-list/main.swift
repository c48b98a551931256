import PikoCore

List.launch()
