{{/* The bundled servers: what their Secrets hold, so that pods restart when that changes. */}}

{{- define "products.postgresSecret" -}}
password: {{ .Values.postgres.password | quote }}
url: {{ printf "postgres://products:%s@%s-postgres:5432/products" .Values.postgres.password (include "products.fullname" .) | quote }}
{{- end -}}

{{- define "products.redisSecret" -}}
password: {{ .Values.redis.password | quote }}
url: {{ printf "redis://:%s@%s-redis:6379/0" .Values.redis.password (include "products.fullname" .) | quote }}
{{- end -}}
