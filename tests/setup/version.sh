# Looking at versions; sourced by the scripts beside it.

# is_recent PROGRAM WORD OLDEST : whether the program prints a version behind WORD that is OLDEST or later.
is_recent() {
    local program=$1 word=$2 oldest=$3 printed
    printed=$("$program" --version 2>&1) || return 1
    [[ $printed =~ $word([0-9]+\.[0-9]+) ]] || return 1
    printf '%s\n' "$oldest" "${BASH_REMATCH[1]}" | sort --check=quiet --version-sort
}
