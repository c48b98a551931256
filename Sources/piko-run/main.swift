import PikoCore

Run.launch()
