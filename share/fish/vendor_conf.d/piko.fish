# Completion after `git piko` for fish: as after `piko`. It lies here because fish loads nothing but git's
# own file when git is completed.

# The words of `piko` where that is git's verb, each on a line and quoted; of git's options before it piko
# has -C too.
function __piko_after_git
    set -l words (commandline -opc)
    set -l place
    while set -e words[1]; and set -q words[1]
        switch $words[1]
            case -C
                set -q words[2]; and set -a place -C $words[2]
                set -e words[1]
            case -c --git-dir --work-tree --namespace
                set -e words[1]
            case piko
                string escape -- piko $place $words[2..-1]
                return
            case '-*'
            case '*'
                return 1
        end
    end
    return 1
end

complete -c git -f -n '__piko_after_git >/dev/null' -a '(complete -C (string join " " -- (__piko_after_git) (commandline -ct)))'
complete -c git-piko -w piko
