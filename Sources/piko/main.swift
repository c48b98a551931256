// piko: finds the program of a verb and becomes it.
Dispatcher(arguments: Argument.all).run()
