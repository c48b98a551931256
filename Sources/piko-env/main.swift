import PikoCore

Env.launch()
