"""The admin's rooms, registered; read when somebody first comes to one of them."""

from django.contrib.auth.models import Group

from accounts.admin.clients.pages import ClientPages
from accounts.admin.groups import GroupPages
from accounts.admin.operation.audit import AuditPages
from accounts.admin.operation.batches import BatchPages
from accounts.admin.operation.consumers import ConsumerPages
from accounts.admin.operation.deletions import DeletionPages
from accounts.admin.operation.keys import KeyPages
from accounts.admin.operation.mails import MailPages
from accounts.admin.site import site
from accounts.admin.users.pages import UserPages
from accounts.models import AuditBatch, AuditEvent, Deletion, DeletionConsumer, Mail, ServiceClient, SigningKey, User

site.register(User, UserPages)
site.register(Group, GroupPages)
site.register(ServiceClient, ClientPages)
site.register(SigningKey, KeyPages)
site.register(Deletion, DeletionPages)
site.register(DeletionConsumer, ConsumerPages)
site.register(Mail, MailPages)
site.register(AuditEvent, AuditPages)
site.register(AuditBatch, BatchPages)

urlpatterns = site.urls[0]
