#!/usr/bin/env bash
# stand_ins.sh FOLDER RUST_IMAGE RUNTIME_IMAGE : makes images of these names where no registry can be
# reached, from Debian's packages and this machine's Rust toolchain. buildah stores them as the
# caller's environment says.
set -euo pipefail
folder=$1 rust_image=$2 runtime_image=$3
suite=${rust_image##*-}

# What gcr.io/distroless/cc holds.
runtime_packages=(base-files ca-certificates gcc-14-base libc6 libgcc-s1 libgomp1 libssl3t64 libstdc++6 netbase tzdata)

# bootstrap : Debian with a C compiler and make, as in the image rust, into FOLDER/debian.
bootstrap() {
    [[ ! -e $folder/debian.complete ]] || return 0
    rm -rf "$folder/debian"
    debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev,libssl3t64,make,netbase,tzdata \
        "$suite" "$folder/debian"
    touch "$folder/debian.complete"
}

# add_toolchain ROOT : cargo and rustc, without documentation and linters.
add_toolchain() {
    local sysroot target=$1/usr/local/rust host
    sysroot=$(rustc --print sysroot)
    host=$(rustc --version --verbose | sed -n 's/^host: //p')
    mkdir -p "$target/bin" "$target/lib/rustlib/$host"
    cp -L "$sysroot/bin/cargo" "$sysroot/bin/rustc" "$target/bin/"
    cp -a "$sysroot"/lib/*.so* "$target/lib/"
    cp -a "$sysroot/lib/rustlib/$host/lib" "$target/lib/rustlib/$host/"
    [[ ! -d $sysroot/lib/rustlib/$host/bin ]] || cp -a "$sysroot/lib/rustlib/$host/bin" "$target/lib/rustlib/$host/"
}

# add_access ROOT : how this machine reaches crates.io.
add_access() {
    local home=${CARGO_HOME:-$HOME/.cargo} config
    cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/ca-certificates.crt"
    mkdir -p "$1/usr/local/cargo"
    for config in config.toml config; do
        [[ ! -f $home/$config ]] || cp "$home/$config" "$1/usr/local/cargo/"
    done
}

# rust : the image to build on.
rust() {
    local container root
    container=$(buildah from scratch)
    root=$(buildah mount "$container")
    cp -a "$folder/debian/." "$root/"
    rm -rf "$root"/var/cache/apt/archives/*.deb
    add_toolchain "$root"
    add_access "$root"
    buildah config --env PATH=/usr/local/cargo/bin:/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        --env CARGO_HOME=/usr/local/cargo "$container"
    buildah commit --quiet --rm "$container" "$rust_image" >/dev/null
}

# runtime : the image to run on. No shell, nothing but libraries.
runtime() {
    local container root package
    container=$(buildah from scratch)
    root=$(buildah mount "$container")
    for package in "${runtime_packages[@]}"; do
        dpkg-deb --fsys-tarfile "$folder/debian/var/cache/apt/archives/${package}"_*.deb |
            tar --extract --keep-directory-symlink --directory "$root"
    done
    rm -rf "$root"/usr/share/{doc,man,locale}
    echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >"$root/etc/passwd"
    echo 'nonroot:x:65532:' >"$root/etc/group"
    install -d -o 65532 -g 65532 -m 700 "$root/home/nonroot"
    install -d -m 1777 "$root/tmp"
    cp "$folder/debian/etc/ssl/certs/ca-certificates.crt" "$root/etc/ssl/certs/"
    buildah config --user 65532 --workingdir /home/nonroot \
        --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$container"
    buildah commit --quiet --rm "$container" "$runtime_image" >/dev/null
}

bootstrap
buildah inspect --type image "$rust_image" >/dev/null 2>&1 || rust
buildah inspect --type image "$runtime_image" >/dev/null 2>&1 || runtime
