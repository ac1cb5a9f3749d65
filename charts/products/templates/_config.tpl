{{/* What the service is told, and what follows from it. */}}

{{/* Where products are kept: external, bundled or sqlite. */}}
{{- define "products.database" -}}
{{- if .Values.database.existingSecret -}}external
{{- else if .Values.postgres.enabled -}}bundled
{{- else -}}sqlite
{{- end -}}
{{- end -}}

{{/* Which Redis is shared: external, bundled or none. */}}
{{- define "products.redis" -}}
{{- if .Values.cache.existingSecret -}}external
{{- else if .Values.redis.enabled -}}bundled
{{- else -}}none
{{- end -}}
{{- end -}}

{{/* The fewest and the most pods that there are at rest. */}}
{{- define "products.fewestPods" -}}
{{- if .Values.autoscaling.enabled -}}{{ .Values.autoscaling.minReplicas }}{{- else -}}{{ .Values.replicaCount }}{{- end -}}
{{- end -}}

{{- define "products.mostPods" -}}
{{- if .Values.autoscaling.enabled -}}{{ .Values.autoscaling.maxReplicas }}{{- else -}}{{ .Values.replicaCount }}{{- end -}}
{{- end -}}

{{/* The configuration file. The values' keys, and those that follow from other values. */}}
{{- define "products.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $own := dict -}}
{{- if eq (include "products.database" .) "sqlite" -}}
{{- $own = merge $own (dict "database" (dict "url" "sqlite:///data/products.db?mode=rwc")) -}}
{{- end -}}
{{- if .Values.migration.hook -}}
{{- $own = merge $own (dict "database" (dict "migrate_on_start" false)) -}}
{{- end -}}
{{- if .Values.management.existingSecret -}}
{{- $own = merge $own (dict "auth" (dict "management_token_file" "/etc/products-secrets/management-tokens")) -}}
{{- end -}}
{{- $config = mergeOverwrite $config $own -}}
{{- with include "products.localCache" . -}}
{{- $config = mergeOverwrite $config (dict "cache" (dict "local" .)) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* cache.local where it is given: YAML reads a bare `on` or `off` as a switch. */}}
{{- define "products.localCache" -}}
{{- $cache := .Values.config.cache | default dict -}}
{{- if hasKey $cache "local" -}}
{{- if kindIs "bool" $cache.local -}}{{ ternary "on" "off" $cache.local }}{{- else -}}{{ $cache.local }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether a product that was read may come from a cache: true or nothing. */}}
{{- define "products.caches" -}}
{{- $cache := .Values.config.cache | default dict -}}
{{- $local := include "products.localCache" . | default "auto" -}}
{{- $shared := ne (include "products.redis" .) "none" -}}
{{- $alone := or (eq $local "on") (and (eq $local "auto") (eq (include "products.database" .) "sqlite")) -}}
{{- if and (dig "enabled" true $cache) (or $shared $alone) -}}true{{- end -}}
{{- end -}}

{{/* Whether the service measures itself: true or nothing. */}}
{{- define "products.measures" -}}
{{- if dig "metrics" "enabled" true .Values.config -}}true{{- end -}}
{{- end -}}

{{/* Whether there is a ServiceMonitor: true or nothing. */}}
{{- define "products.monitored" -}}
{{- $wanted := .Values.serviceMonitor.enabled | toString -}}
{{- $known := .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
{{- $asked := or (eq $wanted "true") (and (eq $wanted "auto") $known) -}}
{{- if and $asked (include "products.measures" .) -}}true{{- end -}}
{{- end -}}

{{/* The seconds in a duration of one number and one unit, rounded up. */}}
{{- define "products.seconds" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- if eq $unit "ms" -}}{{ div (add $number 999) 1000 }}
{{- else -}}{{ mul $number (get (dict "" 1 "s" 1 "m" 60 "h" 3600) $unit) }}
{{- end -}}
{{- end -}}

{{/* How long the kubelet waits before it kills. Defaults are the service's own. */}}
{{- define "products.gracePeriod" -}}
{{- $drain := include "products.seconds" (.Values.config.server.drain_delay | default "0s") | int64 -}}
{{- $shutdown := include "products.seconds" (.Values.config.server.shutdown_timeout | default "35s") | int64 -}}
{{- add $drain $shutdown .Values.terminationMarginSeconds -}}
{{- end -}}

{{/* The port of the OTLP receiver, or nothing. */}}
{{- define "products.otlpPort" -}}
{{- with dig "tracing" "otlp_endpoint" "" .Values.config -}}
{{- $url := urlParse . -}}
{{- $fallback := ternary "443" "80" (eq $url.scheme "https") -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default $fallback -}}
{{- end -}}
{{- end -}}
