"""Every check of a release. Each gives the complaints that it has, none where all is well."""

from chart.exposure import exposed
from chart.flows import connected
from chart.hooks import hooks
from chart.lifecycle import budgets, rollout
from chart.placement import placed
from chart.restricted import hardened, restricted
from chart.schemas import known
from chart.selection import labelled, selected
from chart.wiring import addresses, ports, references, variables

CHECKS = {
    check.__name__: check
    for check in (
        addresses,
        budgets,
        connected,
        exposed,
        hardened,
        hooks,
        known,
        labelled,
        placed,
        ports,
        references,
        restricted,
        rollout,
        selected,
        variables,
    )
}
