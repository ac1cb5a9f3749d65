# Bringing Debian packages; sourced by the scripts beside it.

# need_apt WHY PACKAGE... : ends with what is missing where there is no apt.
need_apt() {
    local why=$1
    shift
    if ! command -v apt-get >/dev/null; then
        echo "setup: missing: $* ($why); without apt-get, install it by this system's own means" >&2
        exit 1
    fi
}

# update_lists WHY PACKAGE... : makes apt's lists current and sets as_root, which runs a command as root.
update_lists() {
    local why=$1
    shift
    as_root=()
    if [[ $(id -u) != 0 ]]; then
        if ! command -v sudo >/dev/null; then
            echo "setup: missing: $* ($why); run as root: apt-get install $*" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get --quiet=2 -o DPkg::Lock::Timeout=300 update
}

# install_packages WHY PACKAGE...
install_packages() {
    local why=$1
    shift
    need_apt "$why" "$@"
    echo "setup: installing $* ($why)"
    update_lists "$why" "$@"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 --yes \
        --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
}

# unpack_package WHY PACKAGE DIRECTORY : downloads a package and unpacks it there, where it starts no
# service and needs no rights.
unpack_package() {
    local why=$1 package=$2 directory=$3 fetched
    need_apt "$why" "$package"
    echo "setup: unpacking $package ($why)"
    fetched=$(mktemp -d)
    # Root's apt downloads as a user of its own.
    chmod 755 "$fetched"
    if ! download "$package" "$fetched" 2>/dev/null; then
        update_lists "$why" "$package"
        download "$package" "$fetched"
    fi
    rm -rf "$directory"
    mkdir -p "$directory"
    dpkg-deb -x "$fetched"/*.deb "$directory"
    rm -rf "$fetched"
}

# download PACKAGE DIRECTORY
download() {
    (cd "$2" && apt-get --quiet=2 -o APT::Sandbox::User=root download "$1" >/dev/null)
}
