# Completion of pcd, the function of `piko hook`, for fish: environments.
complete -c pcd -f
complete -c pcd -n 'test (count (commandline -opc)) = 1' -a '(command piko list -q 2>/dev/null)'
