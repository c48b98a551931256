// piko: finds the program of a verb and becomes it.
Dispatcher(arguments: CommandLine.arguments).run()
