import PikoCore

Create.launch()
