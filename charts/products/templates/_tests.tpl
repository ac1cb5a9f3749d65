{{/* A pod of `helm test`. Call with (dict "root" $ "name" "api" "args" (list …)). */}}

{{- define "products.testPod" -}}
{{- $root := .root -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "products.fullname" $root }}-test-{{ .name }}
  labels:
    {{- include "products.labels" (dict "root" $root "part" "test") | nindent 4 }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  {{- include "products.podBasics" $root | nindent 2 }}
  restartPolicy: Never
  activeDeadlineSeconds: 240
  securityContext:
    {{- include "products.podSecurity" 65532 | nindent 4 }}
  containers:
    - name: {{ .name }}
      image: {{ include "products.image" $root | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args:
        - smoke-test
        {{- range .args }}
        - {{ . | quote }}
        {{- end }}
        - --wait
        - 60s
      securityContext:
        {{- include "products.containerSecurity" $root | nindent 8 }}
      resources:
        requests:
          cpu: 10m
          memory: 32Mi
        limits:
          memory: 128Mi
  {{- with include "products.placement" $root }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "products.apiUrl" -}}
http://{{ include "products.fullname" . }}:{{ .Values.service.port }}
{{- end -}}
