# bash completion of causeway and causewayd. Commands and options come from --help, so that they are those of the
# installed version.

_causeway_options() {
  "$@" --help 2>/dev/null | sed -nE 's/^  (-[a-z] \[ )?(--[a-z][a-z-]*).*/\2/p'
}

# Lines of the overview: two blanks, one or two words in lower case, perhaps arguments in capitals, two blanks.
_causeway_commands() {
  "$1" --help 2>/dev/null | sed -nE 's/^  ([a-z][a-z-]*( [a-z][a-z-]*)?)( [][A-Z ]+)?  .*/\1/p'
}

_causeway() {
  local program=$1 current=$2 previous=$3 words commands
  COMPREPLY=()
  case $previous in
    --config | --socket | --ca | --out | --dir | -o | import-coturn | show)
      compopt -o default
      return
      ;;
  esac
  if [[ ${program##*/} == causewayd ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_causeway_options "$program")" -- "$current")
    return
  fi
  commands=$(_causeway_commands "$program")
  if ((COMP_CWORD == 1)); then
    words=$(cut -d' ' -f1 <<<"$commands" | sort -u)$'\n'--help$'\n'--version
  elif ((COMP_CWORD == 2)) && grep -q "^${COMP_WORDS[1]} " <<<"$commands"; then
    words=$(sed -n "s/^${COMP_WORDS[1]} //p" <<<"$commands")
  else
    local command=("${COMP_WORDS[1]}")
    if grep -qx "${COMP_WORDS[1]} ${COMP_WORDS[2]}" <<<"$commands"; then command+=("${COMP_WORDS[2]}"); fi
    words=$(_causeway_options "$program" "${command[@]}")
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _causeway causeway causewayd
