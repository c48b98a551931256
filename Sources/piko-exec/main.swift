import PikoCore

Exec.launch()
