{{/* Values that cannot work together end the rendering with a sentence that says why, and what to do. */}}

{{- define "products.refusals" -}}
{{- include "products.refuseMissing" . -}}
{{- include "products.refuseTags" . -}}
{{- include "products.refuseDatabase" . -}}
{{- include "products.refuseMigration" . -}}
{{- include "products.refuseScaling" . -}}
{{- include "products.refuseNetwork" . -}}
{{- include "products.refuseMonitoring" . -}}
{{- end -}}

{{- define "products.refuseDatabase" -}}
{{- $sqlite := eq (include "products.database" .) "sqlite" -}}
{{- $remedy := "set database.existingSecret to a Secret with the URL of a PostgreSQL, or postgres.enabled=true on a laptop" -}}
{{- if and .Values.database.existingSecret .Values.postgres.enabled -}}
{{- fail "products: database.existingSecret and postgres.enabled name two databases: give one of them" -}}
{{- end -}}
{{- if and .Values.cache.existingSecret .Values.redis.enabled -}}
{{- fail "products: cache.existingSecret and redis.enabled name two caches: give one of them" -}}
{{- end -}}
{{- if and $sqlite .Values.autoscaling.enabled -}}
{{- fail (printf "products: SQLite is for one pod and autoscaling makes more: %s, or autoscaling.enabled=false" $remedy) -}}
{{- end -}}
{{- if and $sqlite (gt (int .Values.replicaCount) 1) -}}
{{- fail (printf "products: SQLite is for one pod and replicaCount is %d: %s, or replicaCount=1" (int .Values.replicaCount) $remedy) -}}
{{- end -}}
{{- $alone := and (eq (include "products.localCache" .) "on") (eq (include "products.redis" .) "none") -}}
{{- if and $alone (gt (include "products.mostPods" . | int) 1) -}}
{{- fail "products: config.cache.local=on without a Redis would have pods serve what others have changed: set cache.existingSecret or redis.enabled=true, or leave config.cache.local out" -}}
{{- end -}}
{{- end -}}

{{- define "products.refuseMigration" -}}
{{- if .Values.migration.hook -}}
{{- if eq (include "products.database" .) "bundled" -}}
{{- fail "products: migration.hook needs a database that is there before the release, and postgres.enabled brings its own: set migration.hook=false, and pods migrate when they start" -}}
{{- end -}}
{{- if eq (include "products.database" .) "sqlite" -}}
{{- fail "products: migration.hook needs PostgreSQL, and SQLite's volume belongs to the pod of the service: set migration.hook=false, and the pod migrates when it starts, or database.existingSecret" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "products.refuseScaling" -}}
{{- with .Values.autoscaling -}}
{{- if .enabled -}}
{{- if not (or .cpuUtilization .memoryUtilization) -}}
{{- fail "products: autoscaling looks at nothing: set autoscaling.cpuUtilization or autoscaling.memoryUtilization" -}}
{{- end -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- fail (printf "products: autoscaling.minReplicas (%d) is above autoscaling.maxReplicas (%d)" (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- $requests := ($.Values.resources | default dict).requests | default dict -}}
{{- if and .cpuUtilization (not $requests.cpu) -}}
{{- fail "products: autoscaling.cpuUtilization is a share of resources.requests.cpu: set that" -}}
{{- end -}}
{{- if and .memoryUtilization (not $requests.memory) -}}
{{- fail "products: autoscaling.memoryUtilization is a share of resources.requests.memory: set that" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "products.refuseNetwork" -}}
{{- $fullname := include "products.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $fullname) -}}
{{- fail (printf "products: a Service cannot be called %q: set fullnameOverride to small letters, digits and hyphens that begin with a letter" $fullname) -}}
{{- end -}}
{{- if eq (int .Values.config.server.port) (int .Values.config.server.management_port) -}}
{{- fail "products: config.server.port and config.server.management_port are one port: give two" -}}
{{- end -}}
{{- if and (eq .Values.service.type "ClusterIP") (eq (int .Values.service.port) (int .Values.service.managementPort)) -}}
{{- fail "products: service.port and service.managementPort are one port: give two" -}}
{{- end -}}
{{- if and .Values.service.nodePort (eq .Values.service.type "ClusterIP") -}}
{{- fail "products: service.nodePort needs service.type=NodePort or LoadBalancer" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "products: an HTTPRoute needs a Gateway: set httpRoute.parentRefs" -}}
{{- end -}}
{{- end -}}

{{- define "products.refuseMonitoring" -}}
{{- if and (eq (.Values.serviceMonitor.enabled | toString) "true") (not (include "products.measures" .)) -}}
{{- fail "products: a ServiceMonitor without metrics would be an alarm that never ends: set config.metrics.enabled=true, or serviceMonitor.enabled=auto" -}}
{{- end -}}
{{- end -}}
