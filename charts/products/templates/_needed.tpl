{{/* Values that templates cannot do without, each with the sections that it is in. */}}

{{- define "products.refuseMissing" -}}
{{- $needed := list
  "replicaCount" "image.repository" "image.pullPolicy"
  "config.server.port" "config.server.management_port" "terminationMarginSeconds"
  "database.existingSecretKey" "cache.existingSecretKey" "management.existingSecretKey" "certificates"
  "persistence.enabled" "persistence.size" "persistence.keep"
  "migration.hook" "migration.timeoutSeconds"
  "service.type" "service.port" "service.managementPort"
  "ingress.enabled" "httpRoute.enabled"
  "autoscaling.enabled" "autoscaling.minReplicas" "autoscaling.maxReplicas"
  "podDisruptionBudget.enabled"
  "networkPolicy.enabled" "networkPolicy.monitoringNamespace" "networkPolicy.databasePort" "networkPolicy.cachePort"
  "serviceMonitor.enabled" "serviceMonitor.interval" "serviceMonitor.scrapeTimeout" "serviceMonitor.sampleLimit"
  "serviceAccount.create" "topologySpread.whenUnsatisfiable"
  "postgres.enabled" "postgres.image.repository" "postgres.image.tag" "postgres.password" "postgres.maxConnections"
  "postgres.persistence.enabled" "postgres.persistence.size" "postgres.persistence.keep"
  "redis.enabled" "redis.image.repository" "redis.image.tag" "redis.password" "redis.maxmemory"
  "redis.persistence.enabled" "redis.persistence.size"
-}}
{{- range $path := $needed -}}
{{- $value := $.Values -}}
{{- $walked := "" -}}
{{- range splitList "." $path -}}
{{- $walked = list $walked . | compact | join "." -}}
{{- $value = index $value . -}}
{{- if kindIs "invalid" $value -}}
{{- $switch := printf "%s.enabled" $walked -}}
{{- $without := has $switch $needed | ternary (printf ", or set %s=false to go without" $switch) "" -}}
{{- fail (printf "products: %s is null, or missing where --reuse-values kept the values of an older chart: leave it out to have its default (helm upgrade --reset-then-reuse-values)%s" $walked $without) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A number has lost what made it a tag: 1.10 is 1.1. */}}
{{- define "products.refuseTags" -}}
{{- range $name, $tag := dict "image.tag" (.Values.image.tag | default "") "postgres.image.tag" .Values.postgres.image.tag "redis.image.tag" .Values.redis.image.tag -}}
{{- if not (kindIs "string" $tag) -}}
{{- fail (printf "products: %s was not read as text but as %v: give it by --set-string %s=TAG, or in quotes in a file of values" $name $tag $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
