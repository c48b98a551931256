import PikoCore

Shell.launch()
