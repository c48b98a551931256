# Completion of piko for fish: verbs, options, environments, services, branches.

# The words before the cursor without piko's own options; sets what -C says.
function __piko_scan
    set -g __piko_command piko
    set -g __piko_rest
    set -l words (commandline -opc)[2..-1]
    while set -q words[1]
        switch $words[1]
            case -C
                set -q words[2]; and set -a __piko_command -C $words[2]
                set -e words[1]
            case '-*'
            case '*'
                set -g __piko_rest $words
                return
        end
        set -e words[1]
    end
end

# Whether the cursor stands where the verb is still to come.
function __piko_needs_verb
    __piko_scan
    not set -q __piko_rest[1]
end

# Whether the verb is one of these and its own words are to come.
function __piko_in
    __piko_scan
    set -q __piko_rest[1]; and contains -- $__piko_rest[1] $argv
    and not contains -- -- $__piko_rest
end

# Whether the verb takes an environment, or a further one: all but those that do not.
function __piko_takes_environment
    __piko_scan
    test "$__piko_rest[1]" = destroy; or test (count (__piko_arguments)) = 0; or return
    set -q __piko_rest[1]; and not contains -- $__piko_rest[1] help create init list hook doctor pick server
    and not contains -- $__piko_rest[1] exec logs open restart shell wait share isolate
    and not contains -- -- $__piko_rest
end

function __piko_verbs
    __piko_scan
    command $__piko_command --list 2>/dev/null
end

function __piko_environments
    __piko_scan
    command $__piko_command list -q 2>/dev/null
end

# What stands for the shared services, where there are any.
function __piko_shared
    __piko_scan
    command $__piko_command list --services shared 2>/dev/null | read -l service; and echo shared
end

# Whether the verb is one of these and its first argument is to come.
function __piko_first_in
    __piko_in $argv; and test (count (__piko_arguments)) = 0
end

# The words after the verb that are no options nor their values.
function __piko_arguments
    set -l skip 0
    for word in $__piko_rest[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --timeout --tail --since --script --approve --format
                set skip 1
            case '-*'
            case '*'
                echo $word
        end
    end
end

# An environment, then one of its services; a lone word may be a service of the current one.
function __piko_environment_or_service
    __piko_scan
    set -l arguments (__piko_arguments)
    switch (count $arguments)
        case 0
            __piko_environments
            command $__piko_command list --services '' 2>/dev/null
        case 1
            command $__piko_command list --services=$arguments[1] 2>/dev/null
    end
end

# The services of all environments, shared or not.
function __piko_services
    __piko_scan
    command $__piko_command list --all --services '' 2>/dev/null
end

function __piko_branches
    __piko_scan
    command git $__piko_command[2..-1] for-each-ref --format='%(refname:short)' $argv 2>/dev/null
end

# Those that no worktree has checked out.
function __piko_free_branches
    __piko_scan
    command git $__piko_command[2..-1] for-each-ref $argv 2>/dev/null \
        --format='%(if)%(worktreepath)%(then)%(else)%(refname:short)%(end)' |
        string match -r '.+'
end

# The scripts that the named environment, or the current one, defines.
function __piko_scripts
    __piko_scan
    set -l arguments (__piko_arguments)
    command $__piko_command list --scripts "$arguments[1]" 2>/dev/null
end

# The options in the help text of the verb at hand, each with its explanation.
function __piko_options
    __piko_scan
    command $__piko_command $__piko_rest[1] -h 2>/dev/null |
        string match -r '^    -.*' | while read -l line
        set -l parts (string match -r '^ *((?:-[^ ]+ ?)+)(?:[A-Z]+(?= |$))? *(.*)$' -- $line)
        for option in (string split -n ' ' -- (string replace -a ',' '' -- $parts[2]))
            printf '%s\t%s\n' $option $parts[3]
        end
    end
end

function __piko_wants_option
    __piko_scan
    set -q __piko_rest[1]; and string match -q -- '-*' (commandline -ct)
    and not contains -- -- $__piko_rest
end

# Completes the command after `--` as if it had been typed alone; itself by programs only, as another
# program cannot run this shell's builtins and functions.
function __piko_command_line
    set -l words (commandline -opc)
    set -l start (contains -i -- -- $words)
    set -l typed (commandline -ct)
    if test (count $words) = $start; and not string match -q '*/*' -- $typed
        complete -C (string escape -- $typed) | while read -l line
            command -q -- (string split -f 1 \t -- $line); and echo $line
        end
        return
    end
    complete -C (string join ' ' -- (string escape -- $words[(math $start + 1)..-1]) (commandline -ct))
end

# Whether the word before the cursor is one of these.
function __piko_after
    contains -- (commandline -opc)[-1] $argv
end

# Whether the word before the cursor is an option whose value is the user's own: a number, a time.
function __piko_wants_own_value
    __piko_after --timeout --tail --since --approve --port
end

complete -c piko -f
complete -c piko -n __piko_needs_verb -s C -r -a '(__fish_complete_directories)' -d 'Do as if started there'
complete -c piko -n __piko_needs_verb -s h -d 'Print a short usage'
complete -c piko -n __piko_needs_verb -l list -d 'Print the name of every verb'
complete -c piko -n __piko_needs_verb -l version -d 'Print the version'
complete -c piko -n '__piko_needs_verb; and not __piko_after -C' -a '(__piko_verbs) help'
complete -c piko -n '__piko_in help' -a '(__piko_verbs) cli isolation makefiles tutorial'
complete -c piko -n __piko_wants_option -a '(__piko_options)'
complete -c piko -n '__piko_after --branch' -a '(__piko_free_branches refs/heads refs/remotes)'
complete -c piko -n '__piko_after --from' -a '(__piko_branches refs/heads refs/remotes refs/tags)'
complete -c piko -n '__piko_in run; and __piko_after --script' -a '(__piko_scripts)'
complete -c piko -n '__piko_in share isolate' -a '(__piko_services)'
complete -c piko -n '__piko_in create; and __piko_after --shared --isolate' -a '(__piko_services)'
complete -c piko -n '__piko_in hook' -a 'bash zsh fish'
complete -c piko -n '__piko_in exec logs open restart shell wait; and not __piko_wants_own_value' -a '(__piko_environment_or_service)'
complete -c piko -n '__piko_in env; and __piko_after --format' -a 'sh fish make dotenv json'
complete -c piko -n '__piko_in create; and not __piko_after --branch --from --shared --isolate --approve' -a '(__piko_free_branches refs/heads)'
complete -c piko -n '__piko_takes_environment; and not __piko_after --format --script; and not __piko_wants_own_value' -a '(__piko_environments)'
complete -c piko -n '__piko_in destroy; or __piko_first_in up down ports status; and not __piko_wants_own_value' -a '(__piko_shared)'
complete -c piko -n '__piko_first_in trust' -a '(__piko_branches refs/heads refs/remotes refs/tags)'
complete -c piko -n '__piko_in list; and __piko_after --services --scripts' -a '(__piko_environments)'
complete -c piko -n 'contains -- -- (commandline -opc)' -a '(__piko_command_line)'
