/** The shells that can be taught. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

// The shell sends the words up to the cursor and is sent what could stand there: nothing here knows a command or an option.

const bash = `# bash completion for graphdriver: source <(graphdriver completion bash)
_graphdriver() {
  local -a offers
  mapfile -t offers < <(graphdriver complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  (( \${#offers[@]} )) || return
  local also="\${offers[-1]}"
  unset 'offers[-1]'
  COMPREPLY=("\${offers[@]%%$'\\t'*}")
  case "$also" in
    :files) compopt -o default ;;
    :directories) compopt -o dirnames ;;
  esac
  [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace
  return 0
}
complete -F _graphdriver graphdriver
`;

const zsh = `#compdef graphdriver
# zsh completion for graphdriver: source <(graphdriver completion zsh), after compinit
_graphdriver() {
  local -a lines offers
  lines=("\${(@f)$(graphdriver complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  local also=$lines[-1]
  offers=("\${(@)lines[1,-2]}")
  offers=("\${(@)offers//:/\\\\:}")
  offers=("\${(@)offers/$'\\t'/:}")
  (( $#offers )) && _describe -V graphdriver offers
  case $also in
    (:files) compset -P '*='; _files ;;
    (:directories) compset -P '*='; _files -/ ;;
  esac
}
compdef _graphdriver graphdriver
`;

const fish = `# fish completion for graphdriver: graphdriver completion fish | source
function __graphdriver_offers
    set -l words (commandline -opc) (commandline -ct)
    set -e words[1]
    set -l offers (graphdriver complete $words 2>/dev/null)
    switch "$offers[-1]"
        case :files
            __fish_complete_path (commandline -ct)
        case :directories
            __fish_complete_directories (commandline -ct)
    end
    set -e offers[-1]
    string join \\n -- $offers
end
complete -c graphdriver -f -a '(__graphdriver_offers)'
`;

/** The script that teaches a shell to complete the program's words. */
export const SHELL_SCRIPTS: Readonly<Record<Shell, string>> = { bash, zsh, fish };
