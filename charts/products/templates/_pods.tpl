{{/* What pods have in common: they obey the restricted Pod Security Standard. */}}

{{/* Call with the numeric user that the image has. */}}
{{- define "products.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "products.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The beginning of every pod. Links to Services as variables would meet the service's own names. */}}
{{- define "products.podBasics" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* On which nodes any pod may run. */}}
{{- define "products.placement" -}}
{{- with .Values.nodeSelector -}}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- if $.Values.tolerations }}{{ "\n" }}{{ end -}}
{{- end -}}
{{- with .Values.tolerations -}}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{- define "products.databaseVariable" -}}
{{- $kind := include "products.database" . -}}
{{- if ne $kind "sqlite" -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      {{- if eq $kind "external" }}
      name: {{ .Values.database.existingSecret | quote }}
      key: {{ .Values.database.existingSecretKey | quote }}
      {{- else }}
      name: {{ include "products.fullname" . }}-postgres
      key: url
      {{- end }}
{{- end -}}
{{- end -}}

{{- define "products.cacheVariable" -}}
{{- $kind := include "products.redis" . -}}
{{- if ne $kind "none" -}}
- name: REDIS_URL
  valueFrom:
    secretKeyRef:
      {{- if eq $kind "external" }}
      name: {{ .Values.cache.existingSecret | quote }}
      key: {{ .Values.cache.existingSecretKey | quote }}
      {{- else }}
      name: {{ include "products.fullname" . }}-redis
      key: url
      {{- end }}
{{- end -}}
{{- end -}}

{{/* What traces say of the pod. A variable that others refer to comes first. */}}
{{- define "products.traceVariables" -}}
{{- if dig "tracing" "otlp_endpoint" "" .Values.config -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: OTEL_RESOURCE_ATTRIBUTES
  value: k8s.namespace.name=$(POD_NAMESPACE),k8s.pod.name=$(POD_NAME)
{{- end -}}
{{- end -}}

{{- define "products.variables" -}}
{{- list (include "products.databaseVariable" .) (include "products.cacheVariable" .) (include "products.traceVariables" .) | compact | join "\n" -}}
{{- end -}}
