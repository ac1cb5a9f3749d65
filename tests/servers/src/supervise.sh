# Runs a server until standard input ends, then stops it and removes its directory.
# usage: sh -c "$script" supervise DIRECTORY STOP-SIGNAL COMMAND [ARGUMENT...]
#
# The writing end of standard input is held by the test process alone, so its end means that
# the process is gone, by whatever way. A server that ignores the signal is killed.
# (A shell starts background commands with SIGINT ignored; a server must set its own handler.)
directory=$1 signal=$2
shift 2

exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{
    read -r _ <&3
    kill -s "$signal" "$server" && sleep 20 && kill -KILL "$server"
} 2>/dev/null &
watcher=$!

# A signal to this shell interrupts the first wait; the second sees the server end.
trap 'kill -s "$signal" "$server"' HUP INT TERM
wait "$server"
wait "$server"

kill "$watcher" 2>/dev/null
rm -rf "$directory"
