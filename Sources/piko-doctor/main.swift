import PikoCore

Doctor.launch()
