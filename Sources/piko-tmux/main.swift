import PikoCore

TmuxCommand.launch()
