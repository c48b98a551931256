import PikoCore

Open.launch()
