# What the scripts beside this one need; sourced by them.

# need PROGRAM... : ends, with where to get them, unless all are there.
need() {
    local program missing=0
    for program in "$@"; do
        command -v "$program" >/dev/null && continue
        missing=1
        case $program in
        kind) echo "missing: kind; https://kind.sigs.k8s.io/docs/user/quick-start/#installation" ;;
        kubectl) echo "missing: kubectl; https://kubernetes.io/docs/tasks/tools/" ;;
        helm) echo "missing: helm 3 or 4; https://helm.sh/docs/intro/install/" ;;
        *) echo "missing: $program" ;;
        esac >&2
    done
    ((missing == 0)) || exit 1
}

# find_engine : sets `engine` to docker or podman, what ENGINE says or else the first that answers.
find_engine() {
    for engine in ${ENGINE:-docker podman}; do
        if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
            return
        fi
    done
    echo "missing: a container engine that answers to \`${ENGINE:-docker} info\`; https://docs.docker.com/engine/install/ or https://podman.io" >&2
    exit 1
}

# Of the workspace, which is that of image and chart.
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
# What is built is named so; compose and chart expect these names.
image=products:$version
tools_image=products-tools:$version
