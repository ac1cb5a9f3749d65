"""What is said after an installation."""

import pytest


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "kubectl -n store port-forward service/shop-products 8000:80"),
        ([], "http://localhost:8000/docs"),
        ([], "kubectl -n store port-forward service/shop-products 9000:9000"),
        ([], "http://localhost:9000/metrics"),
        ([], "helm -n store test shop"),
        ([], "SQLite on the volume shop-products"),
        ([], "Missing: the Prometheus operator"),
        (["persistence.enabled=false"], "ALL DATA ENDS WITH THE POD"),
        (["postgres.enabled=true"], "not for production"),
        (["postgres.enabled=true,postgres.persistence.enabled=false"], "ALL DATA END WITH ITS POD"),
        (["postgres.enabled=true"], "Nothing is cached: with PostgreSQL, pods need a Redis"),
        (["postgres.enabled=true,replicaCount=4"], "Connections: 4 pods × 21 = 84"),
        (["postgres.enabled=true,replicaCount=4"], "168 must stay below PostgreSQL's max_connections (200 here)."),
        (["postgres.enabled=true,replicaCount=5"], "200 here: TOO FEW"),
        (["database.existingSecret=x,autoscaling.enabled=true"], "Connections: 5 pods × 21 = 105"),
        (["database.existingSecret=x,config.database.max_connections=null"], "1 pods × 51 = 51"),
        (["database.existingSecret=x,migration.hook=true"], "The Job shop-products-migrate"),
        (["service.type=NodePort,service.nodePort=30080"], "http://ADDRESS-OF-A-NODE:30080/products"),
        (["service.type=NodePort"], "port-forward service/shop-products-management 9000:9000"),
        (["service.type=LoadBalancer"], "EXTERNAL-IP, port 80"),
        (["ingress.enabled=true,ingress.hosts={shop.example}"], "http://shop.example/products"),
        (["ingress.enabled=true,ingress.hosts={shop.example},ingress.tlsSecret=x"], "https://shop.example/products"),
        (["httpRoute.enabled=true,httpRoute.parentRefs[0].name=x,httpRoute.hostnames={shop.example}"], "http://shop.example/products"),
        (["serviceMonitor.enabled=false"], "have something scrape shop-products.store:9000/metrics"),
        (["serviceMonitor.enabled=true"], "unless serviceMonitor.labels.release names that release"),
        (["config.metrics.enabled=false"], "Nothing is measured (config.metrics.enabled=false)"),
    ],
    ids=str,
)
def the_notes_say(helm, values, said):
    arguments = [each for value in values for each in ("--set", value)]

    assert said in helm.notes(*arguments)


def the_notes_do_not_mention_what_is_there(helm):
    notes = helm.notes("--set", "serviceMonitor.enabled=true,serviceMonitor.labels.release=prometheus")

    assert "overlooks" not in notes
    assert "Missing" not in notes
    assert "Nothing is cached" not in notes


def the_notes_lead_nobody_to_metrics_that_are_not_there(helm):
    assert "/metrics" not in helm.notes("--set", "config.metrics.enabled=false")
