# Completion of pcd, the function of `piko hook`, for fish: environments.
complete -c pcd -f -a '(command piko list -q 2>/dev/null)'
