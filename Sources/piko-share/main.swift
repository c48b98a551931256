import PikoCore

Share.launch()
