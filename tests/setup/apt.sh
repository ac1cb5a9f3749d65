# Installing Debian packages; sourced by the scripts beside it.

# install_packages WHY PACKAGE...
install_packages() {
    local why=$1
    shift
    if ! command -v apt-get >/dev/null; then
        echo "setup: missing: $* ($why); without apt-get, install it by this system's own means" >&2
        exit 1
    fi
    local as_root=()
    if [[ $(id -u) != 0 ]]; then
        if ! command -v sudo >/dev/null; then
            echo "setup: missing: $* ($why); run as root: apt-get install $*" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    echo "setup: installing $* ($why)"
    "${as_root[@]}" apt-get --quiet=2 -o DPkg::Lock::Timeout=300 update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 --yes \
        --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
}
