{{/* Rules that several NetworkPolicies have. */}}

{{- define "products.egressToNames" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end -}}

{{- define "products.egressToDatabase" -}}
{{- $kind := include "products.database" . -}}
{{- if eq $kind "external" -}}
- ports:
    - port: {{ .Values.networkPolicy.databasePort }}
      protocol: TCP
{{- else if eq $kind "bundled" -}}
- ports:
    - port: 5432
      protocol: TCP
  to:
    - podSelector:
        matchLabels:
          {{- include "products.selectorLabels" (dict "root" . "part" "postgres") | nindent 10 }}
{{- end -}}
{{- end -}}
