{{/* Names and labels. What is appended to a full name must keep a StatefulSet's below 53 characters. */}}

{{- define "products.name" -}}
{{- .Chart.Name | trunc 43 | trimSuffix "-" -}}
{{- end -}}

{{- define "products.fullname" -}}
{{- $name := include "products.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 43 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 43 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | replace "." "-" | trunc 43 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Call with the root, or for another part of the release with (dict "root" $ "part" "postgres"). */}}
{{- define "products.selectorLabels" -}}
{{- $root := .root | default . -}}
app.kubernetes.io/name: {{ include "products.name" $root }}{{ with .part }}-{{ . }}{{ end }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
{{- end -}}

{{- define "products.labels" -}}
{{- $root := .root | default . -}}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "products.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ $root.Chart.Name }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- end -}}

{{- define "products.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "products.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "products.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* The Service that has the management port. */}}
{{- define "products.managementService" -}}
{{- include "products.fullname" . -}}
{{- if ne .Values.service.type "ClusterIP" -}}-management{{- end -}}
{{- end -}}
