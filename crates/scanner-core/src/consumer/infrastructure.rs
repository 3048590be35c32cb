//! Deployment and infrastructure: Argo CD, Flux, Terraform, Ansible and the like.
