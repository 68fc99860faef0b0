/** Shells for which there is a completion. */
export type Shell = 'bash' | 'zsh' | 'fish';

// Each passes the words before the cursor as arguments, never through eval: words may come from anywhere. Without an
// answer, the shell completes file names as usual.

const bash = `# bash completion for bundle
_bundle() {
  local line kind=:files
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) kind=$line ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(command bundle __complete bash "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)
  case $kind in
    :none) compopt +o default 2>/dev/null ;;
    :folders) compopt +o default -o dirnames 2>/dev/null ;;
  esac
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[/=:] ]]; then
    compopt -o nospace 2>/dev/null
  fi
  return 0
}
complete -o default -F _bundle bundle
`;

const zsh = `#compdef bundle
_bundle() {
  local line value what kind=:files
  local -a before open closed
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  while IFS= read -r line; do
    value=\${line%%$'\\t'*} what=\${line#*$'\\t'}
    case $line in
      (:*) kind=$line ;;
      (*[/=:]$'\\t'*) open+=("\${value//:/\\\\:}\${what:+:$what}") ;;
      (*) closed+=("\${value//:/\\\\:}\${what:+:$what}") ;;
    esac
  done < <(command bundle __complete zsh "$before[@]" "\${(Q)PREFIX}" 2>/dev/null </dev/null)
  (( $#closed + $#open )) && _describe -t bundle bundle closed -- open -S ''
  case $kind in
    (:files) _files ;;
    (:folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _bundle ]]; then
  _bundle "$@"
else
  compdef _bundle bundle
fi
`;

const fish = `# fish completion for bundle
function __bundle_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l typed (commandline -ct)
    set -l current (string unescape -- "$typed")
    set -l answer (command bundle __complete fish $words "$current" 2>/dev/null </dev/null)
    for line in $answer
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':folders'
                __fish_complete_directories "$current" ''
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c bundle -f -a '(__bundle_complete)'
`;

export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
